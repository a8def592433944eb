import { useNavigate, useSearch } from '@tanstack/react-router';
import { LinkButton } from '@/components/LinkButton';
import { Page } from '@/components/Page';
import { TabPanel, Tabs } from '@/components/Tabs';
import { DuplicatesView } from './DuplicatesView';
import { ObsoleteView } from './ObsoleteView';
import './upkeep.css';

/** Keeping a library in order: texts that are alike, and prompts that nobody seems to need. */
export function UpkeepPage() {
  const search = useSearch({ from: '/shell/library/upkeep' });
  const navigate = useNavigate();
  const tab = search.tab === 'unused' ? 'unused' : 'alike';
  const set = (part: Partial<typeof search>) =>
    void navigate({
      to: '/library/upkeep',
      search: { ...search, ...part },
      replace: true,
      resetScroll: false,
    });
  return (
    <Page
      title="Clean up"
      intent="Texts that say the same, and prompts that nobody seems to need. Nothing is lost: what is put away keeps its versions, and callers are led on."
      trail={[{ title: 'Library', to: '/library' }, { title: 'Clean up' }]}
      actions={
        <LinkButton to="/library" search={{ status: 'archived' }} variant="default">
          What is archived
        </LinkButton>
      }
    >
      <Tabs
        label="What to clean up"
        chosen={tab}
        onChoose={(key) => set({ tab: key })}
        tabs={[
          { key: 'alike', title: 'Alike' },
          { key: 'unused', title: 'Not needed?' },
        ]}
      />
      <TabPanel of={tab}>
        {tab === 'alike' ? (
          <DuplicatesView percent={search.percent ?? 80} onPercent={(percent) => set({ percent })} />
        ) : (
          <ObsoleteView days={search.days ?? 90} onDays={(days) => set({ days })} />
        )}
      </TabPanel>
    </Page>
  );
}
