import { Modal } from '@mantine/core';
import { destinations } from './destinations';

const acts: [string, string][] = [
  ['Ctrl K', 'Search or jump to'],
  ['/', 'Search'],
  ['e', 'Edit the prompt you are reading'],
  ['c', 'Compare its versions'],
  ['s', 'Save a version, in the editor outside the text'],
  ['Ctrl S', 'Save a version, anywhere in the editor'],
  ['Esc, Tab', 'Leave the text of the editor'],
  ['r', 'Give a review, on its page'],
  ['j, k', 'Next part to decide, the one before'],
  ['1 to 4', 'Choose a wording: the first, the second, both, your own'],
  ['?', 'This sheet'],
];

export function KeySheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const rows: [string, string][] = [
    ...acts,
    ...destinations.map((place): [string, string] => [place.keys, `Go to ${place.title}`]),
  ];
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size="md">
      <table className="plain">
        <tbody>
          {rows.map(([keys, what]) => (
            <tr key={keys}>
              <td style={{ width: 120 }}>
                <kbd>{keys}</kbd>
              </td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
