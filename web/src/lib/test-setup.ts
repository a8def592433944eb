import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(cleanup);

// The test DOM has no font set; Mantine's growing text field listens to one.
Object.defineProperty(document, 'fonts', { value: new EventTarget() });
