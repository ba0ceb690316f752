/**
 * Writes container images. The archive is at once an OCI image layout, for podman, containerd and
 * skopeo, and what `docker save` writes, for every docker.
 */
import { root, run } from "../build/run.ts";
import { compressGzip, packTar } from "./tar.ts";

const OCI = "application/vnd.oci.image";

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
}

/** A folder whose contents are a layer of the image. */
interface LayerSource {
  /** The path relative to the project's folder. */
  folder: string;
  /** The time of its files, in seconds since 1970. */
  seconds: number;
  comment: string;
}

interface ImageDescription {
  /** The reference, with a tag. */
  name: string;
  /** The name that Debian and Go use: amd64, arm64. */
  architecture: string;
  /** In seconds since 1970. */
  seconds: number;
  /** Labels of the image, and annotations of its manifest. */
  annotations: Record<string, string>;
  entrypoint: readonly string[];
}

const digestOf = (bytes: Uint8Array | string) => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
const pathOf = ({ digest }: Blob) => `blobs/${digest.replace(":", "/")}`;

/** Writes bytes as a blob below a folder and returns its descriptor. */
async function addBlob(layout: string, kind: string, bytes: Uint8Array | string): Promise<Blob> {
  const blob = { mediaType: `${OCI}.${kind}`, digest: digestOf(bytes), size: Buffer.byteLength(bytes) };
  await Bun.write(`${root}${layout}/${pathOf(blob)}`, bytes);
  return blob;
}

/** Packs a folder as a layer. Returns its descriptor and the digest before compression. */
async function addLayer(layout: string, { folder, seconds }: LayerSource): Promise<{ blob: Blob; diffId: string }> {
  const tar = await Bun.file(`${root}${await packTar(folder, seconds)}`).bytes();
  return { blob: await addBlob(layout, "layer.v1.tar+gzip", await compressGzip(tar)), diffId: digestOf(tar) };
}

/**
 * Packs an image as an archive. The same folders and description give the same bytes.
 * @param layout an empty folder for the parts. @param archive the path of the result; both are
 * relative to the project's folder. @throws Error if tar fails.
 */
export async function packImage(
  layout: string,
  sources: readonly LayerSource[],
  { name, architecture, seconds, annotations, entrypoint }: ImageDescription,
  archive: string,
): Promise<void> {
  const layers: Awaited<ReturnType<typeof addLayer>>[] = [];
  for (const source of sources) layers.push(await addLayer(layout, source));
  const created = new Date(seconds * 1000).toISOString();
  const platform = { architecture, os: "linux" };
  const config = {
    created,
    ...platform,
    config: { Entrypoint: entrypoint, Env: ["PATH=/usr/bin"], WorkingDir: "/", Labels: annotations },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: sources.map(({ comment }) => ({ created, created_by: "npm run release", comment })),
  };
  const blobs = layers.map(({ blob }) => blob);
  const configBlob = await addBlob(layout, "config.v1+json", JSON.stringify(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: configBlob,
    layers: blobs,
    annotations,
  };
  const manifestBlob = await addBlob(layout, "manifest.v1+json", JSON.stringify(manifest));
  const names = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  const files = {
    "oci-layout": { imageLayoutVersion: "1.0.0" },
    "index.json": {
      schemaVersion: 2,
      mediaType: `${OCI}.index.v1+json`,
      manifests: [{ ...manifestBlob, platform, annotations: names }],
    },
    "manifest.json": [{ Config: pathOf(configBlob), RepoTags: [name], Layers: blobs.map(pathOf) }],
  };
  for (const [file, content] of Object.entries(files)) {
    await Bun.write(`${root}${layout}/${file}`, JSON.stringify(content));
  }
  await run(["mv", await packTar(layout, seconds), archive]);
}
