import { describe, expect, it } from 'vitest'
import { guardHost } from '../../../src/run/host-guard.js'

const resolvesTo =
  (...addresses: string[]) =>
  async (): Promise<string[]> =>
    addresses
const nowhere = (): Promise<string[]> => Promise.reject(new Error('ENOTFOUND'))
const guard = (url: string, allowed: string[] = [], resolve = nowhere) =>
  guardHost(new URL(url), allowed, resolve)

describe('guardHost', () => {
  it.each([
    'ws://127.0.0.1',
    'ws://127.255.0.9:80',
    'http://[::1]:3000/',
    // Written in other bases, as URLs may; the parser brings them to four numbers.
    'ws://0x7f000001',
    'ws://2130706433',
  ])('knows loopback: %s', async (url) => {
    expect(await guard(url)).toEqual({ loopback: true })
  })

  it.each([
    'ws://10.1.2.3',
    'ws://172.16.0.1',
    'ws://172.31.255.255',
    'ws://192.168.178.20',
    'ws://169.254.1.1',
    'ws://[fd00::1]',
    'ws://[fe80::1]',
  ])('lets private addresses through: %s', async (url) => {
    expect(await guard(url)).toEqual({ loopback: false })
  })

  it.each([
    'ws://8.8.8.8',
    'ws://172.15.255.255',
    'ws://172.32.0.1',
    'ws://192.169.0.1',
    'ws://126.255.255.255',
    'ws://128.0.0.1',
    'ws://11.0.0.1',
    'ws://[2606:4700::1111]',
    'ws://[::ffff:8.8.8.8]',
  ])('refuses the rest: %s', async (url) => {
    await expect(guard(url)).rejects.toMatchObject({ code: 'HOST_NOT_ALLOWED', exitCode: 2 })
  })

  it('lets a host through that was named', async () => {
    expect(await guard('ws://8.8.8.8', ['8.8.8.8'])).toEqual({ loopback: false })
    expect(await guard('ws://[2606:4700::1111]', ['2606:4700::1111'])).toEqual({ loopback: false })
    await expect(guard('ws://8.8.8.8', ['8.8.4.4'])).rejects.toThrow('8.8.8.8')
  })

  it('judges a name by every address that it has', async () => {
    expect(await guard('ws://db.local', [], resolvesTo('127.0.0.1', '::1'))).toEqual({ loopback: true })
    expect(await guard('ws://db.local', [], resolvesTo('127.0.0.1', '10.0.0.1'))).toEqual({ loopback: false })
    await expect(guard('ws://shop.example', [], resolvesTo('10.0.0.1', '93.184.215.14'))).rejects.toThrow(
      'shop.example (93.184.215.14) is neither a loopback nor a private address',
    )
    expect(await guard('ws://shop.example', ['shop.example'], resolvesTo('93.184.215.14'))).toEqual({
      loopback: false,
    })
  })

  it('says so where a name does not resolve', async () => {
    await expect(guard('ws://nowhere.example')).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      exitCode: 3,
      message: "The host 'nowhere.example' cannot be resolved.",
    })
  })
})
