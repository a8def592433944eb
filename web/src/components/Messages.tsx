import type { Message } from '@/api/types';
import { messageRoleWords } from '@/lib/words-shown';

/** The messages a model would get. */
export function Messages({ messages }: { messages: Message[] }) {
  return (
    <div className="messages">
      {messages.map((message, index) => (
        <section key={index}>
          <h3 className="label">{messageRoleWords[message.role] ?? message.role}</h3>
          <div className="message-text">{message.content.trim()}</div>
        </section>
      ))}
    </div>
  );
}
