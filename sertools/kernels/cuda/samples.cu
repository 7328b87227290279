// Whether clips hold samples: numbers that are neither NaN nor infinite nor absurdly large.

constexpr int SAMPLE_THREADS = 256;

// Set is_bad[clip] for clips with a number that is no sample. Grid (n_clips, pieces of clips).
template <typename Sample>
__global__ void __launch_bounds__(SAMPLE_THREADS) find_bad(
    const Sample* __restrict__ x,
    const long long* __restrict__ clip_start,
    const int* __restrict__ clip_length,
    const float largest,
    int* __restrict__ is_bad
) {
    const int clip = blockIdx.x;
    const int n_times = clip_length[clip];
    const Sample* const samples = x + (size_t)clip_start[clip];
    bool is_good = true;
    for (int i = blockIdx.y * SAMPLE_THREADS + threadIdx.x; i < n_times; i += gridDim.y * SAMPLE_THREADS) {
        is_good = is_good && fabsf(as_float(samples[i])) <= largest;  // false for NaN
    }
    if (__any_sync(ALL, !is_good) && threadIdx.x % WARP == 0) atomicOr(is_bad + clip, 1);
}
