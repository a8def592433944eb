import { expect, it } from 'vitest';
import { quoted, settingName, withTitles } from './words-shown';

it('puts the titles of KPIs into sentences of the log, and leaves paths alone', () => {
  const kpis = [{ id: 'first_order', title: 'First order' }];
  expect(withTitles('guard on `first_order` was breached', kpis)).toBe('guard on first order was breached');
  expect(withTitles('saved campaign/first_order and no_kpi', kpis)).toBe(
    'saved campaign/first_order and no_kpi',
  );
});

it('sets quotations within quotations in single marks', () => {
  expect(quoted('"Dear Test" reached 212 people')).toBe('“‘Dear Test’ reached 212 people”');
});

it('names settings in words', () => {
  expect(settingName('config.maxOutputTokens')).toBe('Config max output tokens');
  expect(settingName('variorum.review-by')).toBe('Review by');
});
