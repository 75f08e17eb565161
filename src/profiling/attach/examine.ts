import { hasProc, list, procUnavailable } from '../../target/read-proc.js'
import { lookAtProcess, type ProcessLook } from './look-at-process.js'
import { parseNodeFlags } from './node-flags.js'
import { refusal, startWithInspector } from './refusal.js'

/**
 * Looks at a process before anything is sent to it, and refuses those whose inspector could not be reached in any way.
 * @throws PlimsollError ATTACH_FAILED
 */
export function examine(pid: number): ProcessLook {
  if (!hasProc)
    throw refusal(procUnavailable(process.platform).slice(0, -1), 'Attach on Linux, or watch the load alone.')
  const look = lookAtProcess(pid)
  if (!look) {
    throw list(`/proc/${pid}`).length > 0
      ? refusal(
          `process ${pid} belongs to another user, or may not be looked at`,
          'Run Plimsoll as the user of the process.',
        )
      : refusal(`process ${pid} is gone`, 'Name a running process.')
  }
  if (look.threadGroup !== pid)
    throw refusal(`${pid} is a thread of process ${look.threadGroup}`, `Name process ${look.threadGroup}.`)
  refuseState(look)
  if (!look.sameNetwork) {
    throw refusal(
      `process ${pid} runs in another network namespace, such as a container, where its inspector cannot be reached`,
      'Run Plimsoll inside of that container, or start the container with the network of the host.',
    )
  }
  // NODE_OPTIONS is handed down to programs of every kind; a flag of its own says that this is Node.
  if (!look.isNode && !parseNodeFlags(look.args).inspects)
    throw refusal(
      `process ${pid} is not Node: its executable is ${look.executable}`,
      `An executable of another name may be anything, so it gets no signal. ${startWithInspector}`,
    )
  return look
}

function refuseState({ pid, state }: ProcessLook): void {
  if (state === 'Z' || state === 'X')
    throw refusal(`process ${pid} has ended and its parent has not taken notice`, 'Name a running process.')
  if (state === 'T' || state === 't') {
    const by = state === 'T' ? 'was stopped, by Ctrl-Z or SIGSTOP' : 'is held by a debugger'
    throw refusal(`process ${pid} ${by}`, `Let it go on first: kill -CONT ${pid}`)
  }
}
