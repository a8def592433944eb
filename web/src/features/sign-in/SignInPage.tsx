import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { asProblem } from '@/api/client';
import { signIn } from '@/api/operations';
import { sessionQuery } from '@/api/queries';
import type { Problem } from '@/api/types';
import './sign-in.css';

/** The code of a pasted link, or what was pasted itself. */
const codeOf = (pasted: string) => pasted.trim().split('#').at(-1) ?? '';

/** Signs in by a link that works once; the code stands after `#`, so that it reaches no log. */
export function SignInPage() {
  const cache = useQueryClient();
  const router = useRouter();
  const [pasted, setPasted] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const tried = useRef(false);

  const redeem = useCallback(
    async (code: string) => {
      setBusy(true);
      setProblem(undefined);
      try {
        const session = await signIn(code);
        cache.setQueryData(sessionQuery.queryKey, session);
        const back = new URLSearchParams(window.location.search).get('back');
        router.history.replace(back?.startsWith('/') && !back.startsWith('//') ? back : '/');
      } catch (error) {
        setProblem(asProblem(error));
        setBusy(false);
      }
    },
    [cache, router],
  );

  useEffect(() => {
    document.title = 'Sign in · Variorum';
    const code = window.location.hash.slice(1);
    if (code === '' || tried.current) return;
    tried.current = true;
    void redeem(code);
  }, [redeem]);

  return (
    <main id="main" className="sign-in">
      <div className="sign-in-sheet stack">
        <span className="brand">
          Variorum<i>.</i>
        </span>
        <h1>{busy ? 'Signing you in' : 'Sign in'}</h1>
        {problem && (
          <div className="banner harm" role="alert">
            <strong>
              {problem.status === 401 || problem.status === 404 || problem.status === 410
                ? 'This link does not work any more.'
                : problem.detail}
            </strong>
            <p className="quiet">
              {problem.status === 401 || problem.status === 404 || problem.status === 410
                ? 'It was used already, or its time is over. Ask for a new one.'
                : problem.hint}
            </p>
          </div>
        )}
        <p className="quiet">
          Open the link that <code>variorum serve</code> printed, or ask for an invitation. There is no
          password.
        </p>
        <form
          className="stack tight"
          onSubmit={(event) => {
            event.preventDefault();
            const code = codeOf(pasted);
            if (code !== '') void redeem(code);
          }}
        >
          <TextInput
            label="Or paste the link here"
            value={pasted}
            onChange={(event) => setPasted(event.currentTarget.value)}
            placeholder="http://…/sign-in#…"
            autoComplete="one-time-code"
          />
          <div>
            <Button type="submit" loading={busy} disabled={pasted.trim() === '' && !busy}>
              Sign in
            </Button>
          </div>
        </form>
      </div>
    </main>
  );
}
