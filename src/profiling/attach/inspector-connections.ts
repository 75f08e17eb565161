import { readWhole } from '../../target/read-proc.js'

/** Client ports of the connections that a process has on one of its listening ports, by the text of /proc/net/tcp. */
export function parseClientPorts(text: string, port: number): number[] {
  const local = port.toString(16).toUpperCase().padStart(4, '0')
  const established = new RegExp(`:${local} [0-9A-F]+:([0-9A-F]{4}) 01 `, 'g')
  return [...text.matchAll(established)].map(([, remote]) => Number.parseInt(remote!, 16))
}

/** True if anybody but the client on `ownPort` is connected to the port of that process. */
export const isUsedByOthers = (pid: number, port: number, ownPort: number): boolean =>
  ['tcp', 'tcp6'].some((family) =>
    parseClientPorts(readWhole(`/proc/${pid}/net/${family}`) ?? '', port).some(
      (client) => client !== ownPort,
    ),
  )
