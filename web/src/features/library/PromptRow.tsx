import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { PromptSummary } from '@/api/types';
import { Pill } from '@/components/Pill';
import { ago, personName } from '@/lib/format';
import { channelName, fileKindWords, shortName } from '@/lib/words-shown';

/** One line of the library. Rows outside the window are not laid out, so ten thousand stay quick. */
export const PromptRow = memo(function PromptRow({
  prompt,
  environment,
  chosen,
  onToggle,
}: {
  prompt: PromptSummary;
  /** The environment that counts most. */
  environment?: string;
  /** Whether it is chosen; nothing where rows cannot be. */
  chosen?: boolean;
  onToggle?: (path: string, range?: boolean) => void;
}) {
  const live = prompt.live.find((place) => place.environment === environment) ?? prompt.live[0];
  const place = [prompt.brand, prompt.region].filter((part) => part && part !== 'all').map(shortName);
  return (
    <li className={chosen ? 'prompt-item chosen' : 'prompt-item'} data-path={prompt.path}>
      {chosen !== undefined && (
        <span className="pick">
          <Checkbox
            aria-label={`Choose ${prompt.title || prompt.id}`}
            size="sm"
            checked={chosen}
            onChange={(event) =>
              onToggle?.(
                prompt.path,
                (event.nativeEvent as unknown as { shiftKey?: boolean }).shiftKey ?? false,
              )
            }
          />
        </span>
      )}
      <Link to="/prompts/$id" params={{ id: prompt.id }} search={{}} className="prompt-row">
        <span
          className={live ? 'live-dot on' : 'live-dot'}
          title={live ? `Live in ${live.environment}` : 'Not live'}
        >
          <span className="visually-hidden">{live ? 'Live' : 'Not live'}</span>
        </span>
        <span className="prompt-name">
          <span className="serif clip">{prompt.title || prompt.id}</span>
          <span className="small quiet clip">{prompt.intent || prompt.id}</span>
        </span>
        <span className="row prompt-where">
          {prompt.kind !== 'prompt' && <Pill>{fileKindWords[prompt.kind] ?? prompt.kind}</Pill>}
          {prompt.channel && <Pill>{channelName(prompt.channel)}</Pill>}
          {place.length > 0 && <Pill>{place.join(' · ')}</Pill>}
          {prompt.errors > 0 && (
            <Pill
              tone="amber"
              icon="warning"
            >{`${prompt.errors} ${prompt.errors === 1 ? 'problem' : 'problems'}`}</Pill>
          )}
        </span>
        <span className="prompt-version">
          {`v${prompt.version}`}
          {live && live.version !== prompt.version && (
            <span className="small quiet">{`v${live.version} live`}</span>
          )}
        </span>
        <span className="small quiet clip prompt-owner">{personName(prompt.owner)}</span>
        <span className="small quiet prompt-when">{ago(prompt.updated_at)}</span>
      </Link>
    </li>
  );
});
