import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import './styles/fonts.css';
import './styles/parts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/tiles.css';
import './styles/mantine.css';
import './components/parts.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
