import { InspectorChannel } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'

const defaultTimeoutMs = 3_000

/** The inspector of a worker thread, by way of the main thread's. */
export const openWorkerSession = (client: InspectorClient, sessionId: string): InspectorChannel =>
  new InspectorChannel({
    timeoutMs: defaultTimeoutMs,
    where: ' in a worker thread',
    write: (message, timeoutMs, failed) => {
      client
        .send('NodeWorker.sendMessageToWorker', { sessionId, message }, { timeoutMs })
        .catch((error: Error) => failed(error.message))
    },
  })
