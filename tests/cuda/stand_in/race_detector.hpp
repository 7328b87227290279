// What ThreadSanitizer must know of fibers; all of it is nothing in a build without it.
//
// To the detector every CUDA thread is a thread of its own. Only a barrier orders what two of them
// read and write: it is an acquire and a release here. A shuffle orders nothing.
#pragma once

#ifdef __SANITIZE_THREAD__

#include <sanitizer/tsan_interface.h>

extern "C" void AnnotateIgnoreReadsBegin(const char *file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char *file, int line);
extern "C" void AnnotateIgnoreWritesBegin(const char *file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char *file, int line);

namespace stand_in::race_detector {

inline void acquire(void *meeting) { __tsan_acquire(meeting); }
inline void release(void *meeting) { __tsan_release(meeting); }
inline void *this_thread() { return __tsan_get_current_fiber(); }
inline void *new_thread() { return __tsan_create_fiber(0); }
inline void end_thread(void *thread) { __tsan_destroy_fiber(thread); }
inline void switch_thread(void *thread) {
    __tsan_switch_to_fiber(thread, __tsan_switch_to_fiber_no_sync);
}

// Hides the stand-in's own reads and writes, for as long as it lives.
struct Quiet {
    Quiet() {
        AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    }
    ~Quiet() {
        AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    }
};

}  // namespace stand_in::race_detector

#else

namespace stand_in::race_detector {

inline void acquire(void *) {}
inline void release(void *) {}
inline void *this_thread() { return nullptr; }
inline void *new_thread() { return nullptr; }
inline void end_thread(void *) {}
inline void switch_thread(void *) {}

struct [[maybe_unused]] Quiet {};

}  // namespace stand_in::race_detector

#endif
