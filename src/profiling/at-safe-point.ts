/**
 * An expression for `Runtime.evaluate` (with `awaitPromise`) that runs the body at a point where any code of the
 * target's own could run as well. The inspector interrupts JavaScript between any two of its steps, also within
 * Node's: a timer that is taken away while Node is about to call it ends the process with
 * `timer._onTimeout is not a function`. What adds or removes timers or observers, or loads a module, must wait for the
 * microtask queue, which Node empties between callbacks only.
 * @param body statements; `require` is there, and what they return is the value
 */
export const atSafePoint = (body: string): string =>
  `(async (require) => { await null; ${body}
})(require)`
