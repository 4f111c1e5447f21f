# The broker as it runs in production: no lab, no demo, no embedded database, no Prisma CLI.

# The image of Node 24 by its digest, so that every build starts from the same bytes. `npm run base-image` finds it.
# It has no default: a tag may name another image tomorrow.
ARG NODE_IMAGE

FROM ${NODE_IMAGE} AS installed
ARG NODE_IMAGE
RUN case "$NODE_IMAGE" in \
  *@sha256:*) ;; \
  *) echo "NODE_IMAGE must name a digest (node:24-slim@sha256:…): run npm run base-image" >&2; exit 1 ;; \
  esac
WORKDIR /app
# Copies only the files that `npm ci` and its `prisma generate` read, so a change in src alone reuses this layer.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma prisma
RUN npm ci
# Reads the code that is in src/generated too, which `prisma generate` wrote; .dockerignore excludes it from the build context.
COPY src src
COPY deploy/build.mjs deploy/
# The tools that build are removed with their packages. Optional packages are the PostgreSQL and the Node of each platform: the
# image brings Node itself, and production never starts a PostgreSQL of its own.
RUN npm run build && npm prune --omit=dev --omit=optional

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
# A few files hold the code and the packages; some packages are read from their folders.
COPY --from=installed /app/node_modules node_modules
COPY --from=installed /app/dist/broker ./
# Compiles the code once, for the account that runs it: Node keeps a folder for each account.
RUN mkdir -p node_modules/.cache/compiled && chown -R node:node node_modules/.cache
USER node
RUN node --disable-warning=ExperimentalWarning --input-type=module --eval "await import('./src/compiled-code.mjs'); for (const file of fs.readdirSync('src/built')) await import('./src/built/' + file); process.exit()"
USER root
# Refreshed tokens that the database does not accept are kept here, sealed, until it does.
RUN mkdir /data && chown node:node /data
ENV DATA_DIR=/data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["node", "--eval", "require('http').get({ port: process.env.PORT || 3000, path: '/healthz', agent: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# The start applies pending migrations, one process at a time.
CMD ["node", "--max-semi-space-size=16", "--disable-warning=ExperimentalWarning", "src/main.mjs"]
