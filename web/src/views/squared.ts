/** Makes a picture small and square before it leaves the device: what a camera wrote into it stays behind. */

const SIDE = 512;

/** The middle of the picture, as a JPEG; null for a file that this browser cannot read as a picture. */
export async function squared(file: Blob): Promise<Blob | null> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  const shorter = Math.min(picture.width, picture.height);
  const side = Math.min(SIDE, shorter);
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const brush = canvas.getContext("2d");
  if (!brush) return null;
  // What is transparent would be black in a JPEG.
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, side, side);
  const left = (picture.width - shorter) / 2;
  const top = (picture.height - shorter) / 2;
  brush.drawImage(picture, left, top, shorter, shorter, 0, 0, side, side);
  picture.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}
