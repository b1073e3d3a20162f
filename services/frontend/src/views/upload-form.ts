import { type Html, html } from '@livepods/page'

const TYPES = 'image/jpeg,image/png,image/webp'

/** Where people send photos: a plain form, which its script makes into a place to drop, paste and watch. */
export function uploadForm(): Html {
  return html`<form id="upload" class="upload" method="post" action="/photos" enctype="multipart/form-data">
<label class="choose"><span>Choose photos</span> <input type="file" name="photos" accept="${TYPES}" multiple required></label>
<label class="choose camera" hidden><span>Take a photo</span> <input type="file" accept="${TYPES}" capture="environment"></label>
<button>Send</button>
<span class="hint muted" hidden>or drop or paste them anywhere here</span>
</form>`
}

/** Photos on their way, filled by the script. */
export const uploadList = html`<ul id="uploads" class="uploads" aria-label="Photos on their way" hidden></ul>`
