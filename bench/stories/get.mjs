// Each user asks for the same page again and again.
export default {
  target: process.env.STORY_TARGET,
  load: { sessions: { users: 100 } },
  async session(user) {
    while (!user.signal.aborted) await user.http.get('/')
  },
}
