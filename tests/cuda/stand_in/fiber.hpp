// Fibers: functions that pause in the middle and go on later, each on a stack of its own.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>

#if defined(__x86_64__) && !defined(STAND_IN_PORTABLE)

// swapcontext asks the kernel for the signal mask at every switch; this asks it for nothing.
extern "C" __attribute__((visibility("hidden"))) void stand_in_switch(void **save, void *load);
asm(R"(
    .text
    .hidden stand_in_switch
    .globl stand_in_switch
    .type stand_in_switch, @function
stand_in_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size stand_in_switch, . - stand_in_switch
)");

namespace stand_in {

// Where a fiber goes on: its stack pointer, with the registers a call must keep on the stack.
class Context {
  public:
    void begin(char *stack, size_t size, void (*body)()) {
        void **const top = reinterpret_cast<void **>(stack + size);
        // As if `body` had been called: a return address, which is never used, lies above it.
        top[-1] = nullptr;
        top[-2] = reinterpret_cast<void *>(body);
        stack_pointer_ = top - 2 - N_SAVED;
    }

    void switch_to(Context &other) { stand_in_switch(&stack_pointer_, other.stack_pointer_); }

  private:
    static constexpr int N_SAVED = 6;
    void *stack_pointer_ = nullptr;
};

}  // namespace stand_in

#else

#include <ucontext.h>

namespace stand_in {

// Where a fiber goes on, on any processor.
class Context {
  public:
    void begin(char *stack, size_t size, void (*body)()) {
        getcontext(&context_);
        context_.uc_stack.ss_sp = stack;
        context_.uc_stack.ss_size = size;
        context_.uc_link = nullptr;
        makecontext(&context_, body, 0);
    }

    void switch_to(Context &other) { swapcontext(&context_, &other.context_); }

  private:
    ucontext_t context_;
};

}  // namespace stand_in

#endif

namespace stand_in {

class Fiber {
  public:
    // Takes the code that runs now as this fiber.
    void adopt() { shadow_ = race_detector::this_thread(); }

    // Makes the fiber run `body`, which must not return, from its beginning when it is resumed.
    void begin(void (*body)()) {
        if (stack_ == nullptr) {
            stack_ = new_stack();
        } else {
            race_detector::end_thread(shadow_);
        }
        shadow_ = race_detector::new_thread();
        context_.begin(stack_, STACK_SIZE, body);
    }

    // Pauses this fiber, which must be the one that runs, and goes on with another.
    void switch_to(Fiber &other) {
        race_detector::switch_thread(other.shadow_);
        context_.switch_to(other.context_);
    }

  private:
    // Kernels keep little on the stack; the race detector's code keeps more. Untouched pages of
    // it cost nothing.
    static constexpr size_t STACK_SIZE = 256 * 1024;

    // A stack that is kept for the next block and the next launch.
    static char *new_stack() {
        void *const stack = mmap(
            nullptr, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stack == MAP_FAILED) abort();
        return static_cast<char *>(stack);
    }

    Context context_;
    char *stack_ = nullptr;
    void *shadow_ = nullptr;  // the fiber as the race detector knows it
};

}  // namespace stand_in
