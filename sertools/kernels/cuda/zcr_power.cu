// Zero-crossing rate and mean square of frames, each sample read once.
//
// A block loads the samples of its tile into shared memory. Each thread sums up one word of 32 samples:
// their squares, and a bit for each change of sign. A frame is made of such words, and of samples at
// its ends. Beyond the ends of a clip the sign stays what it was under centre padding, and the level is
// zero.

constexpr int ZCR_THREADS = 256;
constexpr int ZCR_TEAM = 8;  // threads for a frame: a whole warp would spend its time on adding up

// What lies nearer to zero is zero, and zero counts as positive (librosa).
__device__ __forceinline__ bool is_negative(const float sample) { return sample < -1e-10f; }

// Where a sample lies: words are one place apart, so that the threads of a warp meet in no bank.
__device__ __forceinline__ int spaced(const int sample) { return sample + sample / WARP; }

__device__ __forceinline__ float team_sum(float value) {
#pragma unroll
    for (int step = ZCR_TEAM / 2; step > 0; step /= 2) value += __shfl_xor_sync(ALL, value, step);
    return value;
}

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
    // [tile_words][WARP + 1] samples, then [tile_words] words of one bit each, then their energies.
    extern __shared__ __align__(16) float samples[];
    const int tile = blockIdx.x;
    const int clip = tile_clip[tile];
    const int n_times = clip_length[clip];
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const int first_frame = (tile - tile_start[clip]) * tile_frames;
    const int here = min(tile_frames, n_frames - first_frame);
    const int n_words = ((here - 1) * hop_length + frame_length + WARP - 1) / WARP;
    const int tile_words = ((tile_frames - 1) * hop_length + frame_length + WARP - 1) / WARP;
    unsigned* const changes = reinterpret_cast<unsigned*>(samples + tile_words * (WARP + 1));
    float* const energies = samples + tile_words * (WARP + 2);
    const Sample* const clip_samples = x + (size_t)clip_start[clip];
    const int origin = first_frame * hop_length - padding;

#pragma unroll 4
    for (int place = threadIdx.x; place < n_words * WARP; place += ZCR_THREADS) {
        const int at = origin + place;
        samples[spaced(place)] = at >= 0 && at < n_times ? as_float(clip_samples[at]) : 0.0f;
    }
    __syncthreads();

    for (int word = threadIdx.x; word < n_words; word += ZCR_THREADS) {
        const int first = origin + word * WARP;
        const float* const mine = samples + word * (WARP + 1);
        const bool follows = first > 0 && first <= n_times;
        bool before = follows && is_negative(word > 0 ? mine[-2] : as_float(clip_samples[first - 1]));
        float energy = 0.0f;
        unsigned bits = 0;
#pragma unroll
        for (int i = 0; i < WARP; ++i) {
            const bool is_low = is_negative(mine[i]);
            energy = fmaf(mine[i], mine[i], energy);
            bits |= (unsigned)(is_low != before) << i;
            before = is_low;
        }
        // The first sample follows none; the end of a clip is a change only where zeros follow it,
        // which centre padding hides.
        const int start_bit = -first;
        if (start_bit >= 0 && start_bit < WARP) bits &= ~(1u << start_bit);
        const int end_bit = n_times - first;
        if (padding > 0 && end_bit >= 0 && end_bit < WARP) bits &= ~(1u << end_bit);
        changes[word] = bits;
        energies[word] = energy;
    }
    __syncthreads();

    const int member = threadIdx.x % ZCR_TEAM;
    // Every thread takes part to the end: the sums of teams need whole warps.
    for (int round = 0; round < here; round += ZCR_THREADS / ZCR_TEAM) {
        const int frame = round + threadIdx.x / ZCR_TEAM;
        const bool is_mine = frame < here;
        const int start = is_mine ? frame * hop_length : 0;
        const int stop = is_mine ? start + frame_length : 0;
        const int first_word = (start + WARP - 1) / WARP;
        const int last_word = stop / WARP;
        const int head_stop = min(first_word * WARP, stop);
        const int tail_start = max(last_word * WARP, head_stop);
        float total = 0.0f;
        for (int word = first_word + member; word < last_word; word += ZCR_TEAM) total += energies[word];
        for (int i = start + member; i < head_stop; i += ZCR_TEAM) {
            const float sample = samples[spaced(i)];
            total = fmaf(sample, sample, total);
        }
        for (int i = tail_start + member; i < stop; i += ZCR_TEAM) {
            const float sample = samples[spaced(i)];
            total = fmaf(sample, sample, total);
        }
        // A change belongs to the later of two samples, so that of the first one is not the frame's.
        const int first = start + 1;
        int count = 0;
        for (int word = first / WARP + member; word * WARP < stop; word += ZCR_TEAM) {
            unsigned bits = changes[word];
            const int skipped = first - word * WARP;
            const int kept = stop - word * WARP;
            if (skipped > 0) bits &= ALL << skipped;
            if (kept < WARP) bits &= (1u << kept) - 1u;
            count += __popc(bits);
        }
        total = team_sum(total);
        const float n_changes = team_sum((float)count);
        if (is_mine && member == 0) {
            const size_t out = (size_t)frames_before + first_frame + frame;
            rate[out] = n_changes / (float)frame_length;
            power[out] = total / (float)frame_length;
        }
    }
}
