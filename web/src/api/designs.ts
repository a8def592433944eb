/** Short names for how rollouts are designed. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Condition = Schemas['Condition'];
export type LayerShare = Schemas['LayerShare'];
export type ShadowPrompt = Schemas['ShadowPrompt'];
export type ShadowResult = Schemas['ShadowResult'];
export type StageTime = Schemas['StageTime'];
export type Switchback = Schemas['Switchback'];
export type SwitchbackWindow = Schemas['SwitchbackWindow'];
export type StartHoldOut = Schemas['StartHoldOut'];
