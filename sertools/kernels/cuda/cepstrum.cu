// Cepstra of decibels in bands: the clip's own floor, then a cosine transform, then, if wished, mean
// and standard deviation of each coefficient over the frames of the clip.
//
// A block goes through the frames of one clip, WARP at a time: lane = frame, warp = coefficients, of
// which a block makes COEFFICIENTS. Grid (n_clips, blocks of coefficients).

constexpr int CEPSTRUM_THREADS = 128;
constexpr int PER_THREAD = 4;  // coefficients of a frame that a thread makes from one load of a band
constexpr int COEFFICIENTS = CEPSTRUM_THREADS / WARP * PER_THREAD;

__global__ void __launch_bounds__(CEPSTRUM_THREADS) cepstrum(
    const float* __restrict__ decibels,  // contours of n_bands channels
    const int* __restrict__ loudest,  // [n_clips], ordered bits of each clip's largest decibels
    const float range,  // below the largest; negative for no floor
    const long long* __restrict__ frame_start,
    const int n_bands,
    const int n_coefficients,
    const float* __restrict__ basis,  // [n_bands][n_padded], n_padded a multiple of PER_THREAD
    const int wants_frames,  // to be written to out
    float* __restrict__ out,  // contours of n_coefficients channels
    const int wants_moments,  // to be written to mean and deviation
    float* __restrict__ mean,  // [n_clips][n_coefficients]
    float* __restrict__ deviation
) {
    extern __shared__ __align__(16) float bands[];  // [n_bands][WARP]
    const int clip = blockIdx.x;
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const int n_padded = (n_coefficients + PER_THREAD - 1) / PER_THREAD * PER_THREAD;
    const int lane = threadIdx.x % WARP;
    const int first = blockIdx.y * COEFFICIENTS + threadIdx.x / WARP * PER_THREAD;
    const float floor = range < 0.0f ? lowest() : __int_as_float(ordered(__ldg(loudest + clip))) - range;
    const float* const of_clip = decibels + (size_t)n_bands * frames_before;

    Moments moments[PER_THREAD];
#pragma unroll
    for (int c = 0; c < PER_THREAD; c++) moments[c] = {0.0f, 0.0f};
    for (int start = 0; start < n_frames; start += WARP) {
        const int here = min(WARP, n_frames - start);
        __syncthreads();
        for (int i = threadIdx.x; i < n_bands * WARP; i += CEPSTRUM_THREADS) {
            const int frame = min(i % WARP, here - 1);
            bands[i] = fmaxf(of_clip[(size_t)(i / WARP) * n_frames + start + frame], floor);
        }
        __syncthreads();
        if (first < n_coefficients) {
            float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            for (int band = 0; band < n_bands; band++) {
                const float level = bands[band * WARP + lane];
                const float4 row = __ldg(reinterpret_cast<const float4*>(basis + band * n_padded + first));
                sum.x = fmaf(level, row.x, sum.x);
                sum.y = fmaf(level, row.y, sum.y);
                sum.z = fmaf(level, row.z, sum.z);
                sum.w = fmaf(level, row.w, sum.w);
            }
            const float sums[PER_THREAD] = {sum.x, sum.y, sum.z, sum.w};
            const size_t at = (size_t)n_coefficients * frames_before + (size_t)first * n_frames + start + lane;
#pragma unroll
            for (int c = 0; c < PER_THREAD; c++) {
                const bool exists = first + c < n_coefficients && lane < here;
                if (wants_frames && exists) out[at + (size_t)c * n_frames] = sums[c];
                if (wants_moments) moments[c].add(sums[c], lane < here, (float)here, (float)start);
            }
        }
    }
    if (wants_moments && lane == 0) {
#pragma unroll
        for (int c = 0; c < PER_THREAD; c++) {
            if (first + c < n_coefficients) moments[c].write(mean, deviation, (size_t)clip * n_coefficients + first + c, (float)n_frames);
        }
    }
}
