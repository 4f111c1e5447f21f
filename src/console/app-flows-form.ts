import type { App } from './answers.ts';
import { flowTexts as texts } from './app-flow-texts.ts';
import { base } from './app-forms.ts';
import { bindingField } from './binding-field.ts';
import type { EditForm } from './edit-declaration.ts';
import type { Visit } from './visit.ts';

const calls = [{ value: 'symbolon_call', text: 'symbolon_call' }];

/** Returns the form of the flows that an app may use, and of those that it must use. */
export function flowsForm(visit: Visit, item: App): EditForm {
  return {
    ...base(visit, item),
    about: texts.about,
    fields: [
      { name: 'jwks_uri', label: texts.jwksUri, kind: 'text', hint: texts.jwksUriHint },
      { name: 'device_flow', label: texts.deviceFlow, kind: 'switch' },
      {
        name: 'backchannel_token_delivery_mode',
        label: texts.backchannel,
        kind: 'choice',
        options: ['poll', 'ping'].map((value) => ({ value, text: value })),
        hint: texts.backchannelHint,
      },
      { name: 'backchannel_client_notification_endpoint', label: texts.notification, kind: 'text' },
      { name: 'require_pushed_authorization_requests', label: texts.requirePushed, kind: 'switch' },
      { name: 'require_signed_request_object', label: texts.requireSigned, kind: 'switch' },
      { name: 'authorization_details_types', label: texts.details, kind: 'ticks', options: calls },
      bindingField('token_binding', texts.binding),
      bindingField('background_binding', texts.awayBinding),
    ],
  };
}
