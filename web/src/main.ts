import { mount } from 'svelte';
import './app.css';
import { api, tokens } from './api/client';
import App from './App.svelte';
import { people } from './people.svelte';
import { renewing } from './renewal';

tokens.fresh = renewing(people.account, api.renew);
mount(App, { target: document.body });
