# The worker and the command line. Debian, since the native part of Temporal's SDK needs glibc.
FROM node:22.21.1-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:22.21.1-bookworm-slim
# ssh for hosts with `transport: openssh` (certificates, FIDO keys, ProxyCommand).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openssh-client \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/stackhand
COPY package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
RUN ln -s /opt/stackhand/dist/client/main.js /usr/local/bin/stackhand \
 && install --directory --owner node --group node /home/node/.local /home/node/.local/share /home/node/.local/share/stackhand
ENV NODE_ENV=production
USER node
# Healthy is a worker that Temporal has seen asking for work, not a process that exists.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
  CMD ["node", "dist/client/worker-health.js"]
ENTRYPOINT ["stackhand"]
CMD ["worker"]
