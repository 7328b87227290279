// One block: its threads, the order in which they run, and the places where they meet.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

struct uint3 {
    unsigned x, y, z;
};
using dim3 = uint3;

static uint3 threadIdx;
static uint3 blockIdx;
static dim3 blockDim;
static dim3 gridDim;
static constexpr int warpSize = 32;

namespace stand_in {

constexpr int MAX_THREADS = 1024;

enum class State { ready, at_barrier, in_collective, finished };
enum class Collective { sync, shuffle, ballot };

struct Thread {
    Fiber fiber;
    uint3 index;
    State state;
    int line;  // of the barrier or collective where it waits

    // What it brings to a collective of its warp, and what it takes away.
    Collective collective;
    unsigned mask;
    uint64_t given;
    int source;  // the lane whose value it wants
    uint64_t received;

    // Where the lanes meet whose lowest is this one, for the race detector.
    char meeting[2];
    unsigned n_meetings;
};

static Thread threads[MAX_THREADS];
static int n_threads;
static int n_unfinished;
static Thread *current;
static Fiber scheduler;
static void (*thread_body)();

// For the race detector. There are two barriers, used in turn: with one, a fast thread that is
// already at the next barrier would be taken as ordered before a slow one that leaves this.
static char barrier[2];
static unsigned n_barriers;
static char block_end;

// ---- Errors: the first one ends the launch.

static char error[512];

static bool failed() { return error[0] != '\0'; }

__attribute__((format(printf, 1, 2))) static void fail(const char *format, ...) {
    const int used = snprintf(
        error, sizeof error, "block (%u,%u,%u): ", blockIdx.x, blockIdx.y, blockIdx.z);
    va_list values;
    va_start(values, format);
    vsnprintf(error + used, sizeof error - used, format, values);
    va_end(values);
}

// ---- Order: 0 is ascending, 1 descending, and a larger number seeds a random order.

static int schedule;
static uint32_t random_state;

static void set_schedule(int number) {
    schedule = number;
    random_state = number * 2654435761u;  // spreads neighbouring seeds over all bits
}

// A random number from 0 to n - 1 (the generator is the one of "Numerical Recipes").
static unsigned random_below(unsigned n) {
    random_state = random_state * 1664525u + 1013904223u;
    return (static_cast<uint64_t>(random_state) * n) >> 32;
}

// The numbers 0 to n - 1 in the order of the schedule; a random order is another at every call.
static std::vector<unsigned> visiting_order(unsigned n) {
    std::vector<unsigned> order(n);
    for (unsigned i = 0; i < n; i++) {
        order[i] = schedule == 1 ? n - 1 - i : i;
    }
    for (unsigned left = n; schedule > 1 && left > 1; left--) {
        std::swap(order[left - 1], order[random_below(left)]);
    }
    return order;
}

// ---- Threads

// Runs a thread until it waits or ends.
static void resume(Thread &thread) {
    current = &thread;
    threadIdx = thread.index;
    scheduler.switch_to(thread.fiber);
}

// Lets the current thread wait; returns when it is resumed.
static void suspend() { current->fiber.switch_to(scheduler); }

[[noreturn]] static void give_up() {
    suspend();
    abort();  // nothing resumes a thread after an error, or after its end
}

// What the fiber of every thread runs.
static void thread_main() {
    thread_body();
    {
        race_detector::Quiet quiet;
        current->state = State::finished;
        n_unfinished--;
        race_detector::release(&block_end);
    }
    give_up();
}

// ---- Meeting all threads of the block

static void wait_at_barrier(int line) {
    race_detector::Quiet quiet;
    current->state = State::at_barrier;
    current->line = line;
    char *const here = &barrier[n_barriers % 2];
    race_detector::release(here);
    suspend();
    race_detector::acquire(here);
}

// Lets all threads pass the barrier, if all of them wait at the same one.
static void open_barrier() {
    int n_waiting = 0;
    const Thread *first = nullptr;
    const Thread *elsewhere = nullptr;
    const Thread *in_collective = nullptr;
    for (int t = 0; t < n_threads; t++) {
        const Thread &thread = threads[t];
        if (thread.state == State::in_collective) in_collective = &thread;
        if (thread.state != State::at_barrier) continue;
        n_waiting++;
        if (first == nullptr) first = &thread;
        if (thread.line != first->line) elsewhere = &thread;
    }
    if (in_collective != nullptr) {
        fail(
            "deadlock: thread %td waits in a warp collective (line %d, mask %08x) for lanes that "
            "do not come, and %d of %d threads are at a barrier",
            in_collective - threads, in_collective->line, in_collective->mask, n_waiting,
            n_threads);
    } else if (elsewhere != nullptr) {
        fail(
            "thread %td is at the barrier of line %d, thread %td at that of line %d",
            first - threads, first->line, elsewhere - threads, elsewhere->line);
    } else if (n_waiting != n_threads) {
        fail(
            "the barrier of line %d was reached by %d of %d threads, the others have returned",
            first->line, n_waiting, n_threads);
    } else {
        n_barriers++;
        for (int t = 0; t < n_threads; t++) {
            threads[t].state = State::ready;
        }
    }
}

// ---- Meeting lanes of the warp

static int lane_of(const Thread &thread) { return (&thread - threads) % warpSize; }

// The current thread's warp, whose last one may have fewer lanes than the others.
struct Warp {
    Thread *const lanes = current - lane_of(*current);
    const int n_lanes = std::min<int>(warpSize, threads + n_threads - lanes);

    bool has(unsigned mask, int lane) const { return lane < n_lanes && (mask >> lane & 1); }
};

// Whether all lanes that the current thread names have come; a lane that never can is an error.
static bool all_have_come(const Warp &warp) {
    bool all = true;
    for (int lane = 0; lane < warp.n_lanes; lane++) {
        if (!warp.has(current->mask, lane)) continue;
        const Thread &other = warp.lanes[lane];
        if (other.state == State::finished) {
            fail(
                "line %d: mask %08x names lane %d, which has returned", current->line,
                current->mask, lane);
            give_up();
        }
        if (other.state != State::in_collective) {
            all = false;
        } else if (other.mask != current->mask || other.collective != current->collective) {
            fail(
                "lanes of a warp wait in different collectives: line %d, mask %08x and line %d, "
                "mask %08x",
                current->line, current->mask, other.line, other.mask);
            give_up();
        }
    }
    return all;
}

// What a lane gets from a collective to which all have come.
static uint64_t result_for(const Thread &thread, const Warp &warp) {
    // Undefined on a GPU: as a float it is NaN, which no test takes for a result.
    constexpr uint64_t UNDEFINED = ~uint64_t{0};
    if (thread.collective == Collective::ballot) {
        uint64_t votes = 0;
        for (int lane = 0; lane < warp.n_lanes; lane++) {
            if (warp.has(thread.mask, lane)) votes |= warp.lanes[lane].given << lane;
        }
        return votes;
    }
    return warp.has(thread.mask, thread.source) ? warp.lanes[thread.source].given : UNDEFINED;
}

// Waits for the lanes of `mask`; returns what the collective gives to the current thread.
static uint64_t meet(Collective collective, unsigned mask, uint64_t given, int source, int line) {
    race_detector::Quiet quiet;
    const Warp warp;
    Thread &self = *current;
    if (!warp.has(mask, lane_of(self))) {
        fail(
            "line %d: thread %td calls a warp collective with mask %08x, which leaves it out",
            line, current - threads, mask);
        give_up();
    }
    self.state = State::in_collective;
    self.line = line;
    self.collective = collective;
    self.mask = mask;
    self.given = given;
    self.source = source;

    Thread &lowest = warp.lanes[__builtin_ctz(mask)];
    char *const here = &lowest.meeting[lowest.n_meetings % 2];
    if (collective == Collective::sync) race_detector::release(here);
    if (all_have_come(warp)) {
        lowest.n_meetings++;
        for (int lane = 0; lane < warp.n_lanes; lane++) {
            if (!warp.has(mask, lane)) continue;
            warp.lanes[lane].received = result_for(warp.lanes[lane], warp);
            warp.lanes[lane].state = State::ready;
        }
    } else {
        suspend();
    }
    if (collective == Collective::sync) race_detector::acquire(here);
    return self.received;
}

// ---- The block

// Runs every thread that is ready; returns whether there was one.
static bool run_ready_threads() {
    bool any = false;
    for (const unsigned t : visiting_order(n_threads)) {
        if (threads[t].state != State::ready) continue;
        any = true;
        resume(threads[t]);
        if (failed()) break;
    }
    return any;
}

// Runs the block `blockIdx` to its end, or to the first error.
static void run_block() {
    n_unfinished = n_threads;
    for (int t = 0; t < n_threads; t++) {
        threads[t].state = State::ready;
        threads[t].fiber.begin(thread_main);
    }
    while (n_unfinished > 0 && !failed()) {
        if (!run_ready_threads()) open_barrier();
    }
    race_detector::acquire(&block_end);
}

}  // namespace stand_in
