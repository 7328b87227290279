// Zero-crossing rate and mean square of frames, each sample read once.
//
// A block loads the samples of its tile into shared memory, and the places where their sign changes
// as bits; then each warp sums up frames. Beyond the ends of a clip the sign stays what it was under
// centre padding, and the level is zero.

constexpr int ZCR_THREADS = 256;

// What lies nearer to zero is zero, and zero counts as positive (librosa).
__device__ __forceinline__ bool is_negative(const float sample) { return sample < -1e-10f; }

template <typename Sample>
__global__ void __launch_bounds__(ZCR_THREADS) zcr_power(
    const Sample* __restrict__ x,
    const long long* __restrict__ clip_start,
    const int* __restrict__ clip_length,
    const long long* __restrict__ frame_start,
    const int* __restrict__ tile_start,
    const int* __restrict__ tile_clip,
    const int frame_length,
    const int hop_length,
    const int padding,  // samples before the first one of a clip: half a frame, or 0
    const int tile_frames,
    float* __restrict__ rate,
    float* __restrict__ power
) {
    // [tile_samples], then [tile_samples / 32] words of one bit each; tile_samples is a whole number
    // of words.
    extern __shared__ __align__(16) float samples[];
    const int tile = blockIdx.x;
    const int clip = tile_clip[tile];
    const int n_times = clip_length[clip];
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const int first_frame = (tile - tile_start[clip]) * tile_frames;
    const int here = min(tile_frames, n_frames - first_frame);
    const int span = (here - 1) * hop_length + frame_length;
    const int n_words = (span + WARP - 1) / WARP;
    const int tile_words = ((tile_frames - 1) * hop_length + frame_length + WARP - 1) / WARP;
    unsigned* const changes = reinterpret_cast<unsigned*>(samples + tile_words * WARP);
    const Sample* const clip_samples = x + (size_t)clip_start[clip];
    const int origin = first_frame * hop_length - padding;
    const int lane = threadIdx.x % WARP;
    const int warp = threadIdx.x / WARP;

    for (int word = warp; word < n_words; word += ZCR_THREADS / WARP) {
        const int place = word * WARP + lane;
        const int at = origin + place;
        const bool is_inside = at >= 0 && at < n_times;
        const float sample = is_inside ? as_float(clip_samples[at]) : 0.0f;
        float before = __shfl_up_sync(ALL, sample, 1);
        if (lane == 0 && at > 0 && at <= n_times) before = as_float(clip_samples[at - 1]);
        // The end of a clip is a change only where zeros follow it, which centre padding hides.
        const bool counts = at > 0 && (at < n_times || (at == n_times && padding == 0));
        const unsigned word_changes = __ballot_sync(ALL, counts && is_negative(sample) != is_negative(before));
        samples[place] = sample;
        if (lane == 0) changes[word] = word_changes;
    }
    __syncthreads();

    for (int frame = warp; frame < here; frame += ZCR_THREADS / WARP) {
        const int start = frame * hop_length;
        float total = 0.0f;
        for (int i = start + lane; i < start + frame_length; i += WARP) total = fmaf(samples[i], samples[i], total);
        // A change belongs to the later of two samples, so that of the first one is not the frame's.
        const int first = start + 1;
        const int stop = start + frame_length;
        int count = 0;
        for (int word = first / WARP + lane; word * WARP < stop; word += WARP) {
            unsigned bits = changes[word];
            const int skipped = first - word * WARP;
            const int kept = stop - word * WARP;
            if (skipped > 0) bits &= ALL << skipped;
            if (kept < WARP) bits &= (1u << kept) - 1u;
            count += __popc(bits);
        }
        total = warp_sum(total);
        const float n_changes = warp_sum((float)count);
        if (lane == 0) {
            const size_t out = (size_t)frames_before + first_frame + frame;
            rate[out] = n_changes / (float)frame_length;
            power[out] = total / (float)frame_length;
        }
    }
}
