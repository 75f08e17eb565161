// Each user opens a socket and says 64 bytes again and again, waiting for each echo.
export default {
  target: process.env.STORY_TARGET,
  load: { sessions: { users: 100 } },
  async session(user) {
    const socket = await user.websocket()
    const text = 'x'.repeat(64 - '{"id":1000000,"text":""}'.length)
    while (!user.signal.aborted) await socket.request({ text })
  },
}
