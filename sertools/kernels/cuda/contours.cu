// What is done to contours whatever they are: the floor of decibels, derivatives, mean and spread.

constexpr int CONTOUR_THREADS = 128;

// Decibels, none further than some range below the largest of their clip. Grid (n_clips, n_channels).
__global__ void __launch_bounds__(CONTOUR_THREADS) floor_decibels(
    const float* __restrict__ contours,
    const int* __restrict__ loudest,
    const float range,
    const long long* __restrict__ frame_start,
    float* __restrict__ out
) {
    const int clip = blockIdx.x;
    const int n_channels = gridDim.y;
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const float floor = __int_as_float(ordered(__ldg(loudest + clip))) - range;
    const size_t start = (size_t)n_channels * frames_before + (size_t)blockIdx.y * n_frames;
    for (int t = threadIdx.x; t < n_frames; t += CONTOUR_THREADS) out[start + t] = fmaxf(contours[start + t], floor);
}

// Derivatives by the polynomial fitted to the frames around each (Savitzky & Golay, 1964); the frames
// at either end take that of the nearest one with a whole window. Grid (n_clips, n_channels).
__global__ void __launch_bounds__(CONTOUR_THREADS) derivative(
    const float* __restrict__ contours,
    const long long* __restrict__ frame_start,
    const float* __restrict__ weights,  // [widest + 1][widest]: of windows of 0, 1, ... frames
    const int widest,
    float* __restrict__ out
) {
    const int clip = blockIdx.x;
    const int n_channels = gridDim.y;
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const size_t start = (size_t)n_channels * frames_before + (size_t)blockIdx.y * n_frames;
    const int width = min(widest, n_frames);
    const float* const row = weights + width * widest;
    for (int t = threadIdx.x; t < n_frames; t += CONTOUR_THREADS) {
        const int first = min(max(t - (width - 1) / 2, 0), n_frames - width);
        float total = 0.0f;
        for (int k = 0; k < width; k++) total = fmaf(__ldg(row + k), contours[start + first + k], total);
        out[start + t] = total;
    }
}

// Mean and standard deviation of each channel over the frames of each clip, by one warp each.
// Grid (n_clips, warps of channels).
__global__ void __launch_bounds__(CONTOUR_THREADS) mean_and_std(
    const float* __restrict__ contours,
    const long long* __restrict__ frame_start,
    const int n_channels,
    float* __restrict__ mean,  // [n_clips][n_channels]
    float* __restrict__ deviation
) {
    const int clip = blockIdx.x;
    const int channel = blockIdx.y * (CONTOUR_THREADS / WARP) + threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;
    if (channel >= n_channels) return;
    const long long frames_before = frame_start[clip];
    const int n_frames = (int)(frame_start[clip + 1] - frames_before);
    const float* const contour = contours + (size_t)n_channels * frames_before + (size_t)channel * n_frames;
    Moments moments = {0.0f, 0.0f};
    for (int start = 0; start < n_frames; start += WARP) {
        const int here = min(WARP, n_frames - start);
        moments.add(lane < here ? contour[start + lane] : 0.0f, lane < here, (float)here, (float)start);
    }
    if (lane == 0) moments.write(mean, deviation, (size_t)clip * n_channels + channel, (float)n_frames);
}
