import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mirrors } from './paths.ts';

export interface Server {
  url: string;
  code: string;
  stop: () => void;
}

/** Starts the sample workspace in a folder of its own and waits for the sign-in link it prints. */
export async function startServer(binary: string): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'variorum-e2e-'));
  const child: ChildProcess = spawn(
    binary,
    ['demo', '--data', data, '--listen', '127.0.0.1:0', '--mirror-allow', `file://${mirrors}/`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, VARIORUM_LOG_LEVEL: 'warn' },
    },
  );
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
  if (!child.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const link = /(http:\S+)\/sign-in#(\S+)/.exec(line);
    if (link?.[1] && link[2]) return { url: link[1], code: link[2], stop };
  }
  stop();
  throw new Error('the server ended before it was ready');
}
