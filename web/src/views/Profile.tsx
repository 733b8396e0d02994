/** What one says of oneself. The limits are the server's. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import type { Account as User } from "../api/types";
import { languages, regions } from "../countries";
import { AccountForm, Field } from "./AccountForm";
import { CodeSelect } from "./CodeSelect";
import { PictureChoice } from "./PictureChoice";

export function Profile({ account, user }: { account: Account; user: User }) {
  const [country, setCountry] = useState(user.country);
  const [language, setLanguage] = useState(user.language);
  const line = { autocomplete: "off", required: false, maxLength: 100 };
  return (
    <>
      <p class="aside">A stranger you meet sees nothing of this.</p>
      <PictureChoice account={account} user={user} />
      <AccountForm
        name="Profile"
        does="Save"
        doing="Saving…"
        done="Saved."
        kept
        submit={(field) =>
          account.mine.change({
            name: field("name").trim(),
            customStatus: field("customStatus").trim(),
            bio: field("bio").trim(),
            location: field("location").trim(),
            website: field("website").trim(),
            country,
            language,
          })
        }
      >
        <Field {...line} name="name" label="Name" value={user.name} autocomplete="name" />
        <Field {...line} name="customStatus" label="What you’re up to" value={user.customStatus} />
        <Field {...line} name="bio" label="About you" value={user.bio} maxLength={500} lines={3} />
        <Field {...line} name="location" label="Place" value={user.location} />
        <Field
          {...line}
          name="website"
          label="Website"
          type="url"
          value={user.website}
          maxLength={200}
          placeholder="https://"
          autocomplete="url"
        />
        <CodeSelect label="Country" none="I’d rather not say" choices={regions} value={country} change={setCountry} />
        <CodeSelect label="Language" none="I’d rather not say" choices={languages} value={language} change={setLanguage} />
      </AccountForm>
    </>
  );
}
