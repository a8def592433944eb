import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '@/components/Page';
import { useMay } from '@/components/session';
import { TabPanel, Tabs } from '@/components/Tabs';
import { EraseUnit } from './EraseUnit';
import { QualityView } from './QualityView';
import { SourcesView } from './SourcesView';
import { TakeOut } from './TakeOut';
import { UploadView } from './UploadView';
import './data.css';

/** What arrives and how good it is; tables in, files out, and units that are erased. */
export function DataPage() {
  const search = useSearch({ from: '/shell/data' });
  const navigate = useNavigate();
  const mayErase = useMay('administer');
  const tabs = [
    { key: 'quality', title: 'Quality' },
    { key: 'in', title: 'Bring in' },
    { key: 'webhooks', title: 'Webhooks' },
    { key: 'out', title: 'Take out' },
    ...(mayErase ? [{ key: 'erase', title: 'Erase' }] : []),
  ];
  const tab = tabs.some((one) => one.key === search.tab) ? (search.tab as string) : 'quality';
  return (
    <Page
      title="Data"
      intent="Exposures and outcomes: what arrives, how good it is, and how it comes in and goes out."
    >
      <Tabs
        label="What to do with data"
        chosen={tab}
        onChoose={(key) =>
          void navigate({ to: '/data', search: { tab: key }, replace: true, resetScroll: false })
        }
        tabs={tabs}
      />
      <TabPanel of={tab}>
        {tab === 'quality' && <QualityView />}
        {tab === 'in' && <UploadView />}
        {tab === 'webhooks' && <SourcesView />}
        {tab === 'out' && <TakeOut />}
        {tab === 'erase' && <EraseUnit />}
      </TabPanel>
    </Page>
  );
}
