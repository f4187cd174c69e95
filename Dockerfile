# Legenda in a container: `docker build -t legenda .`, then for example
#   docker run -v "$PWD/build:/data" legenda enrich /data/sample --store /data/store
#   docker run -p 8000:8000 -v "$PWD/build:/data" legenda
FROM node:22-slim AS web
WORKDIR /web/static-src
COPY api/static-src/package.json api/static-src/package-lock.json ./
RUN npm ci --no-fund --no-audit --ignore-scripts && npm run build

FROM python:3.11-slim
WORKDIR /legenda
COPY . .
COPY --from=web /web/static/vendor api/static/vendor
# torch without CUDA: four gigabytes less. Leave the index out for a machine with a GPU.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu --constraint constraints.txt . \
 && useradd --uid 10001 --create-home legenda && mkdir /data && chown legenda /data
USER legenda
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENV LEGENDA_ACCESS_LOG=1
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=5)"
ENTRYPOINT ["legenda"]
CMD ["serve", "--store", "/data/store", "--host", "0.0.0.0", "--port", "8000"]
