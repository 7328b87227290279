// What is done beside cuFFT for transforms of lengths that mel.cu does not make: windowed frames
// before it, bands of its bins after it. Both work on a run of frames that may span several clips.

constexpr int FRAME_THREADS = 128;

// The clip that a frame belongs to: the last one that begins at it or before it.
__device__ __forceinline__ int clip_of(const long long frame, const long long* __restrict__ frame_start, const int n_clips) {
    int low = 0;
    int high = n_clips - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (__ldg(frame_start + middle) <= frame) low = middle;
        else high = middle - 1;
    }
    return low;
}

// Frames under a window, [n_frames][n_fft]; grid (n_frames).
template <typename Sample>
__global__ void __launch_bounds__(FRAME_THREADS) windowed(
    const Sample* __restrict__ x,
    const long long* __restrict__ clip_start,
    const int* __restrict__ clip_length,
    const long long* __restrict__ frame_start,
    const int n_clips,
    const long long first_frame,
    const int hop_length,
    const int padding,
    const int n_fft,
    const float* __restrict__ window,
    float* __restrict__ out
) {
    const long long frame = first_frame + blockIdx.x;
    const int clip = clip_of(frame, frame_start, n_clips);
    const int n_times = clip_length[clip];
    const int origin = (int)(frame - frame_start[clip]) * hop_length - padding;
    const Sample* const samples = x + (size_t)clip_start[clip];
    for (int i = threadIdx.x; i < n_fft; i += FRAME_THREADS) {
        const int at = origin + i;
        const float sample = at >= 0 && at < n_times ? as_float(samples[at]) : 0.0f;
        out[(size_t)blockIdx.x * n_fft + i] = sample * __ldg(window + i);
    }
}

// Energies of bands of spectra [n_frames][n_bins]; grid (n_frames).
__global__ void __launch_bounds__(FRAME_THREADS) bands_of_bins(
    const float2* __restrict__ spectra,
    const long long* __restrict__ frame_start,
    const int n_clips,
    const long long first_frame,
    const int n_bins,
    const int n_bands,
    const int* __restrict__ first_bin,
    const int* __restrict__ first_weight,
    const float* __restrict__ weights,
    const float exponent,
    const float least,
    float* __restrict__ out,
    int* __restrict__ loudest
) {
    extern __shared__ __align__(16) float energies[];  // [n_bins]
    const long long frame = first_frame + blockIdx.x;
    const int clip = clip_of(frame, frame_start, n_clips);
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const float2* const spectrum = spectra + (size_t)blockIdx.x * n_bins;
    for (int k = threadIdx.x; k < n_bins; k += FRAME_THREADS) {
        const float2 bin = spectrum[k];
        energies[k] = raised(fmaf(bin.x, bin.x, bin.y * bin.y), exponent);
    }
    __syncthreads();
    float best = lowest();
    for (int band = threadIdx.x; band < n_bands; band += FRAME_THREADS) {
        const int start = __ldg(first_weight + band);
        const int stop = __ldg(first_weight + band + 1);
        const float* const bins = energies + (__ldg(first_bin + band) - start);
        float total = 0.0f;
        for (int k = start; k < stop; k++) total = fmaf(__ldg(weights + k), bins[k], total);
        if (least >= 0.0f) {
            total = decibels(total, least);
            best = fmaxf(best, total);
        }
        out[(size_t)n_bands * frames_before + (size_t)band * n_frames + (size_t)(frame - frames_before)] = total;
    }
    if (least >= 0.0f) {
        best = warp_max(best);
        if (threadIdx.x % WARP == 0) atomicMax(loudest + clip, ordered(__float_as_int(best)));
    }
}
