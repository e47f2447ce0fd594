// The certified provider with three people, as the tests of single sign-on need it.
import { Provider } from 'oidc-provider';

const [, , port] = process.argv;
const people = {
  haneul: {
    preferred_username: 'haneul', name: '김하늘', email: 'haneul@corp.test', email_verified: true,
    employee_number: 'E-1', department: '본사/개발팀', position: '과장',
    groups: ['개발자', '산악회'], realm_access: { roles: ['managers'] },
  },
  sori: { preferred_username: 'sori', name: '이소리', email: 'sori@corp.test', email_verified: false },
  stranger: { preferred_username: 'stranger', name: '박나그네' },
};
const every = [...new Set(Object.values(people).flatMap(Object.keys))];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'maru', client_secret: 'a secret of the tests',
    redirect_uris: ['http://maru.test/login/oidc/corp/callback'],
    post_logout_redirect_uris: ['http://maru.test/login'],
    grant_types: ['authorization_code'],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: every },
  findAccount: async (_, id) => people[id] && {
    accountId: id, claims: async () => ({ sub: id, ...people[id] }),
  },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['tests alone'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, IdToken: 600, Session: 600, Grant: 600, Interaction: 600 },
});
// Each test has a tenant, and so a host, of its own.
const ends = (uri, path) => new URL(uri).hostname.endsWith('.maru.test') && new URL(uri).pathname === path;
provider.Client.prototype.redirectUriAllowed = (uri) => ends(uri, '/login/oidc/corp/callback');
provider.Client.prototype.postLogoutRedirectUriAllowed = (uri) => ends(uri, '/login');
const server = provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => { server.close(); process.exit(0); });
