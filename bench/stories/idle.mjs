// Each user opens a socket and waits for what never comes.
export default {
  target: process.env.STORY_TARGET,
  load: { sessions: { users: Number(process.env.STORY_USERS) } },
  async session(user) {
    await user.websocket()
    await user.think('1h')
  },
}
