/** A 60 s profile of a busy target: 60,000 samples, stacks up to 200 deep, ticks on every node. */
export function busyProfile(nodeCount) {
  let seed = 1
  const random = (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const frame = (functionName, url, lineNumber) => ({
    functionName,
    scriptId: '1',
    url,
    lineNumber,
    columnNumber: 2,
  })
  const nodes = [{ id: 1, callFrame: frame('(root)', '', -1), hitCount: 0, children: [] }]
  const depths = [0]
  while (nodes.length < nodeCount) {
    // Mostly a child of the newest node, so that stacks grow deep.
    const parent = random(20) > 0 && depths.at(-1) < 200 ? nodes.length - 1 : random(nodes.length)
    const line = random(2_000)
    nodes.push({
      id: nodes.length + 1,
      callFrame: frame(`function${line}`, `file:///app/src/module-${random(200)}.js`, line),
      hitCount: 3,
      children: [],
      positionTicks: [
        { line: line + 2, ticks: 2 },
        { line: line + 3, ticks: 1 },
      ],
    })
    nodes[parent].children.push(nodes.length)
    depths.push(depths[parent] + 1)
  }
  const samples = Array.from({ length: 60_000 }, () => 2 + random(nodes.length - 1))
  const timeDeltas = samples.map(() => 900 + random(200))
  const endTime = timeDeltas.reduce((sum, delta) => sum + delta, 0)
  return { nodes, startTime: 0, endTime, samples, timeDeltas }
}
