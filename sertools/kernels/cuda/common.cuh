// What all kernels share; the text of each file follows this one.
//
// Clips of any lengths lie one after another in one array: clip i begins at sample clip_start[i] and
// has clip_length[i] samples. The frames of all clips are counted in a row: those of clip i begin at
// frame_start[i], and frame_start[n_clips] is their number. Contours lie channel by channel, clip
// after clip: channel c of clip i begins at n_channels * frame_start[i] + c * n_frames.
//
// The work is cut into tiles of neighbouring frames of one clip, one block each: those of clip i
// begin at tile tile_start[i], and tile t is of clip tile_clip[t]. Tiles lie on grid.x, which alone
// may be longer than 65535.

// Lanes in a warp, and the mask of all of them.
constexpr int WARP = 32;
constexpr unsigned ALL = 0xffffffffu;

// Twice the largest rounding error of a number next to 1.
constexpr float EPSILON = 1.1920929e-7f;

// Less than any number: NVRTC knows no INFINITY.
__device__ __forceinline__ float lowest() { return __int_as_float((int)0xff800000u); }

// A sample as a float; integer PCM by its full scale.
__device__ __forceinline__ float as_float(const float sample) { return sample; }
__device__ __forceinline__ float as_float(const short sample) { return (float)sample * (1.0f / 32768.0f); }

// An energy to some power; 1 is what nearly all ask for.
__device__ __forceinline__ float raised(const float energy, const float exponent) {
    return exponent == 1.0f ? energy : exp2f(exponent * log2f(energy));
}

__device__ __forceinline__ float decibels(const float energy, const float least) {
    return 10.0f * log10f(fmaxf(energy, least));
}

// The sum over a warp, in every lane and always in the same order.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
    for (int step = WARP / 2; step > 0; step /= 2) value += __shfl_xor_sync(ALL, value, step);
    return value;
}

// The largest value of a warp, in every lane.
__device__ __forceinline__ float warp_max(float value) {
#pragma unroll
    for (int step = WARP / 2; step > 0; step /= 2) value = fmaxf(value, __shfl_xor_sync(ALL, value, step));
    return value;
}

// An integer that is ordered as the float is, for atomicMax; its own inverse.
__device__ __forceinline__ int ordered(const int bits) { return bits >= 0 ? bits : bits ^ 0x7fffffff; }

// Mean and spread of values that come in groups (Chan, Golub & LeVeque, 1979): sums about the mean of
// each group, so that an offset costs no digits.
struct Moments {
    float mean;
    float squares;  // the sum of squared distances from the mean

    // Add one value from each of the lanes that have one, `n` of them, to `count` values from before.
    __device__ __forceinline__ void add(const float value, const bool has_one, const float n, const float count) {
        const float its_mean = warp_sum(has_one ? value : 0.0f) / n;
        const float deviation = has_one ? value - its_mean : 0.0f;
        const float share = n / (count + n);
        const float distance = its_mean - mean;
        mean = fmaf(distance, share, mean);
        squares += warp_sum(deviation * deviation) + distance * distance * count * share;
    }

    // A spread within the rounding of the mean is none, as in sertools.core.functionals.
    __device__ __forceinline__ void write(float* __restrict__ means, float* __restrict__ deviations, const size_t at, const float count) const {
        const float deviation = sqrtf(squares / count);
        means[at] = mean;
        deviations[at] = deviation > EPSILON * fabsf(mean) ? deviation : 0.0f;
    }
};
