import {
  Button,
  Checkbox,
  Combobox,
  createTheme,
  Drawer,
  Input,
  InputWrapper,
  Menu,
  Modal,
  Notification,
  Radio,
  SegmentedControl,
  Select,
  Switch,
  Tooltip,
} from '@mantine/core';

const modal = { header: 'm-modal-header', title: 'm-modal-title', content: 'm-modal', close: 'm-close' };

/** Mantine in the look's tokens; the colours themselves stand in `styles/tokens.css`. */
export const theme = createTheme({
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  headings: { fontFamily: 'var(--serif)', fontWeight: '500' },
  defaultRadius: 7,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '17px', xl: '20px' },
  components: {
    Button: Button.extend({ defaultProps: { variant: 'filled' }, classNames: { root: 'm-button' } }),
    Input: Input.extend({ classNames: { input: 'm-input' } }),
    InputWrapper: InputWrapper.extend({
      classNames: { label: 'm-label', description: 'm-description', error: 'm-error' },
    }),
    Modal: Modal.extend({
      defaultProps: { transitionProps: { duration: 120 }, closeButtonProps: { 'aria-label': 'Close' } },
      classNames: modal,
    }),
    Drawer: Drawer.extend({
      defaultProps: { transitionProps: { duration: 120 }, closeButtonProps: { 'aria-label': 'Close' } },
      classNames: modal,
    }),
    Menu: Menu.extend({
      defaultProps: { transitionProps: { duration: 120 } },
      classNames: { dropdown: 'm-float', item: 'm-item' },
    }),
    Select: Select.extend({
      defaultProps: { checkIconPosition: 'right' },
      classNames: { dropdown: 'm-float', option: 'm-item' },
    }),
    Combobox: Combobox.extend({ classNames: { dropdown: 'm-float', option: 'm-item' } }),
    Checkbox: Checkbox.extend({ defaultProps: { color: 'var(--blue)' } }),
    Radio: Radio.extend({ defaultProps: { color: 'var(--blue)' } }),
    Switch: Switch.extend({ defaultProps: { color: 'var(--blue)' } }),
    SegmentedControl: SegmentedControl.extend({
      classNames: { root: 'm-segment', indicator: 'm-segment-indicator', label: 'm-segment-label' },
    }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close this message' } },
      classNames: {
        root: 'm-toast',
        title: 'm-toast-title',
        description: 'm-toast-text',
        closeButton: 'm-close',
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, transitionProps: { duration: 120 } } }),
  },
});
