// From waveforms to the energies of bands: frames, window, Fourier transform, power and bands in one
// kernel, so that nothing but the waveform is read and nothing but the bands is written.
//
// The transform of N real samples is that of N / 2 complex ones (even samples real, odd imaginary)
// followed by a separation of the two. The complex one is a Stockham transform with 16 points per
// thread: 128 = 16 * 8, 256 = 16 * 16, 512 = 16 * 16 * 2, 1024 = 16 * 16 * 4, 2048 = 16 * 16 * 8.
// A frame takes N / 32 threads, and a block of 128 threads as many frames as it has room for.

constexpr int MEL_THREADS = 128;
// On one multiprocessor: a seventh, for which large GPUs have shared memory, would leave 72 registers to
// a thread instead of 80, with which the compilers of CUDA 12.9 and 13.0 spill.
constexpr int MEL_BLOCKS = 6;
constexpr int POINTS = 16;  // of the complex transform, per thread

__device__ __forceinline__ float2 add(const float2 a, const float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
__device__ __forceinline__ float2 subtract(const float2 a, const float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
__device__ __forceinline__ float2 multiply(const float2 a, const float2 b) {
    return make_float2(fmaf(a.x, b.x, -a.y * b.y), fmaf(a.x, b.y, a.y * b.x));
}
__device__ __forceinline__ float2 turned(const float2 a) { return make_float2(a.y, -a.x); }  // times -i
__device__ __forceinline__ void swap(float2& a, float2& b) {
    const float2 old = a;
    a = b;
    b = old;
}

// Transforms of 2, 4, 8 and 16 points in registers, from and to natural order.
__device__ __forceinline__ void transform2(float2& a, float2& b) {
    const float2 old = a;
    a = add(old, b);
    b = subtract(old, b);
}
__device__ __forceinline__ void transform4(float2& a, float2& b, float2& c, float2& d) {
    transform2(a, c);
    transform2(b, d);
    d = turned(d);
    transform2(a, b);
    transform2(c, d);
    swap(b, c);
}
template <int R> __device__ __forceinline__ void transform(float2* v);
template <> __device__ __forceinline__ void transform<2>(float2* v) { transform2(v[0], v[1]); }
template <> __device__ __forceinline__ void transform<4>(float2* v) { transform4(v[0], v[1], v[2], v[3]); }
template <> __device__ __forceinline__ void transform<8>(float2* v) {
    const float H = 0.70710678118654752f;  // cos(pi / 4)
    // Two columns of four points, then four rows of two.
    transform4(v[0], v[2], v[4], v[6]);
    transform4(v[1], v[3], v[5], v[7]);
    v[3] = multiply(v[3], make_float2(H, -H));
    v[5] = turned(v[5]);
    v[7] = multiply(v[7], make_float2(-H, -H));
#pragma unroll
    for (int k = 0; k < 4; k++) transform2(v[2 * k], v[2 * k + 1]);
    // Frequency k + 4 j lies at 2 k + j.
    const float2 one = v[1], two = v[2], three = v[3], four = v[4], five = v[5], six = v[6];
    v[1] = two;
    v[2] = four;
    v[3] = six;
    v[4] = one;
    v[5] = three;
    v[6] = five;
}
template <> __device__ __forceinline__ void transform<16>(float2* v) {
    const float C = 0.92387953251128674f;  // cos and sin of pi / 8
    const float S = 0.38268343236508977f;
    const float H = 0.70710678118654752f;
#pragma unroll
    for (int i = 0; i < 4; i++) transform4(v[i], v[i + 4], v[i + 8], v[i + 12]);
    v[5] = multiply(v[5], make_float2(C, -S));
    v[6] = multiply(v[6], make_float2(H, -H));
    v[7] = multiply(v[7], make_float2(S, -C));
    v[9] = multiply(v[9], make_float2(H, -H));
    v[10] = turned(v[10]);
    v[11] = multiply(v[11], make_float2(-H, -H));
    v[13] = multiply(v[13], make_float2(S, -C));
    v[14] = multiply(v[14], make_float2(-H, -H));
    v[15] = multiply(v[15], make_float2(-C, S));
#pragma unroll
    for (int k = 0; k < 4; k++) transform4(v[4 * k], v[4 * k + 1], v[4 * k + 2], v[4 * k + 3]);
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int k = i + 1; k < 4; k++) swap(v[4 * i + k], v[4 * k + i]);
    }
}

// Where point i lies in shared memory: one in 17 places stays empty, so that no two threads of a warp
// meet in one bank.
__device__ __forceinline__ constexpr int spread(const int i) { return i + i / 16; }

// The threads of a frame wait for each other; those of several warps take the whole block along.
template <int T> __device__ __forceinline__ void meet() {
    if (T <= WARP) __syncwarp();
    else __syncthreads();
}

// One butterfly of R points: twiddle factors, transform, and out to shared memory. NS is the length
// of the transforms that earlier passes have made; `twiddle` holds exp(-2 pi i r q / (R NS)) as
// [R][NS].
template <int R, int NS>
__device__ __forceinline__ void butterfly(float2* v, const int j, float2* points, const float2* __restrict__ twiddle) {
    const int q = j & (NS - 1);
    if (NS > 1) {
#pragma unroll
        for (int r = 1; r < R; r++) v[r] = multiply(v[r], __ldg(twiddle + q + r * NS));
    }
    transform<R>(v);
    // Without a pass before it, butterfly j has the points from 16 j on, which lie 17 j apart.
    float2* const out = points + (NS == 1 ? j * 17 : spread((j - q) * R + q));
    constexpr int STEP = NS == 1 ? 1 : spread(NS);
#pragma unroll
    for (int r = 0; r < R; r++) out[r * STEP] = v[r];
}

// A pass of butterflies of R points over the M points of a frame, by T threads.
template <int M, int R, int NS, int T>
__device__ __forceinline__ void pass(float2* points, const int lane, const float2* __restrict__ twiddle) {
    constexpr int BUTTERFLIES = POINTS / R;
    constexpr int STEP = spread(M / R);
    float2 v[POINTS];
#pragma unroll
    for (int b = 0; b < BUTTERFLIES; b++) {
        const float2* const in = points + spread(lane + b * T);
#pragma unroll
        for (int r = 0; r < R; r++) v[b * R + r] = in[r * STEP];
    }
    meet<T>();
#pragma unroll
    for (int b = 0; b < BUTTERFLIES; b++) butterfly<R, NS>(v + b * R, lane + b * T, points, twiddle);
    meet<T>();
}

template <int N, typename Sample>
__global__ void __launch_bounds__(MEL_THREADS, MEL_BLOCKS) mel(
    const Sample* __restrict__ x,
    const long long* __restrict__ clip_start,
    const int* __restrict__ clip_length,
    const long long* __restrict__ frame_start,
    const int* __restrict__ tile_start,  // of MEL_THREADS * 32 / N frames
    const int* __restrict__ tile_clip,
    const int hop_length,
    const int padding,  // zeros before the first sample of a clip: half a frame, or 0
    const float* __restrict__ window,  // [N]
    const float2* __restrict__ twiddle,  // of the second pass, of the third if any, [M / 2 + 1] exp(-2 pi i k / N)
    const int n_bands,
    const int* __restrict__ first_bin,  // [n_bands], of each band
    const int* __restrict__ first_weight,  // [n_bands + 1], into weights
    const float* __restrict__ weights,
    const float exponent,  // of the energies of the bins: 1, or half of any other power of magnitudes
    const float least,  // energy of a band, for decibels; negative for plain energies
    float* __restrict__ out,  // contours of n_bands channels
    int* __restrict__ loudest  // [n_clips], ordered bits of the largest decibels; untouched for energies
) {
    constexpr int M = N / 2;
    constexpr int T = M / POINTS;
    constexpr int FRAMES = MEL_THREADS / T;
    constexpr int PITCH = FRAMES % 2 ? FRAMES : FRAMES + 1;  // odd, so that few threads meet in one bank
    constexpr int SECOND = M >= 256 ? 16 : M / 16;  // points of the second pass, and of the third
    constexpr int THIRD = M / (16 * SECOND);
    constexpr int THIRD_TWIDDLE = 16 * SECOND;
    constexpr int LAST_TWIDDLE = THIRD_TWIDDLE + (THIRD > 1 ? M : 0);
    extern __shared__ __align__(16) float shared[];
    float* const energies = shared + 2 * FRAMES * spread(M);  // [M + 1][PITCH]

    const int tile = blockIdx.x;
    const int clip = tile_clip[tile];
    const int n_times = clip_length[clip];
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const int first_frame = (tile - tile_start[clip]) * FRAMES;
    const int here = min(FRAMES, n_frames - first_frame);
    const int lane = threadIdx.x % T;
    const int group = threadIdx.x / T;
    float2* const points = reinterpret_cast<float2*>(shared) + group * spread(M);

    {
        // Groups beyond the last frame work on it, too: all threads meet at the barriers.
        const int origin = (first_frame + min(group, here - 1)) * hop_length - padding;
        const Sample* const samples = x + (size_t)clip_start[clip];
        float2 v[POINTS];
#pragma unroll
        for (int r = 0; r < POINTS; r++) {
            const int pair = lane + r * T;
            const int at = origin + 2 * pair;
            const float2 weight = __ldg(reinterpret_cast<const float2*>(window) + pair);
            const float even = at >= 0 && at < n_times ? as_float(samples[at]) : 0.0f;
            const float odd = at >= -1 && at + 1 < n_times ? as_float(samples[at + 1]) : 0.0f;
            v[r] = make_float2(even * weight.x, odd * weight.y);
        }
        butterfly<POINTS, 1>(v, lane, points, nullptr);
    }
    meet<T>();
    pass<M, SECOND, 16, T>(points, lane, twiddle);
    if constexpr (THIRD > 1) pass<M, THIRD, 256, T>(points, lane, twiddle + THIRD_TWIDDLE);

    // Of the spectra of even and odd samples to that of all: bins k and M - k share their points.
    for (int k = lane; k <= M / 2; k += T) {
        const float2 a = points[spread(k)];
        const float2 b = points[spread((M - k) & (M - 1))];
        const float2 even = make_float2(a.x + b.x, a.y - b.y);
        const float2 odd = turned(multiply(__ldg(twiddle + LAST_TWIDDLE + k), make_float2(a.x - b.x, a.y + b.y)));
        const float2 low = add(even, odd);
        const float2 high = subtract(even, odd);
        energies[k * PITCH + group] = raised(0.25f * fmaf(low.x, low.x, low.y * low.y), exponent);
        energies[(M - k) * PITCH + group] = raised(0.25f * fmaf(high.x, high.x, high.y * high.y), exponent);
    }
    __syncthreads();

    // Neighbouring threads take neighbouring frames of one band: one load of its weights serves all.
    float best = lowest();
    const int frame = threadIdx.x % FRAMES;
    for (int band = threadIdx.x / FRAMES; band < n_bands; band += T) {
        const int start = __ldg(first_weight + band);
        const int stop = __ldg(first_weight + band + 1);
        const float* const bins = energies + (__ldg(first_bin + band) - start) * PITCH + frame;
        float total = 0.0f;
        for (int k = start; k < stop; k++) total = fmaf(__ldg(weights + k), bins[k * PITCH], total);
        if (least >= 0.0f) {
            total = decibels(total, least);
            best = fmaxf(best, total);
        }
        if (frame < here) out[(size_t)n_bands * frames_before + (size_t)band * n_frames + first_frame + frame] = total;
    }
    if (least >= 0.0f) {
        best = warp_max(best);
        if (threadIdx.x % WARP == 0) atomicMax(loudest + clip, ordered(__float_as_int(best)));
    }
}
