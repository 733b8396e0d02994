/** The first screen: what this is, how one would like to meet, and Start. */
import type { Client } from "../client";
import { languages, regions } from "../countries";
import { countWords } from "../lobby";
import { CodeSelect } from "./CodeSelect";
import { InterestsField } from "./InterestsField";
import { Preview } from "./Preview";

export function Landing({ client }: { client: Client }) {
  const wishes = client.wishes.value;
  const count = client.count.value;
  const start = (event: Event) => {
    event.preventDefault();
    void client.start();
  };
  return (
    <div class="landing">
      <section class="pitch">
        <h1>
          <span class="hello hello-one">Talk to someone</span> <span class="hello hello-other">you’ve never met.</span>
        </h1>
        <p class="lede">
          Parley introduces you to one stranger at a time. No account needed, no feed, no followers: just two people
          and a conversation.
        </p>
        <p class={`here ${count === null ? "unknown" : ""}`}>{countWords(count) || "Seeing who else is here…"}</p>
      </section>
      <form class="card" onSubmit={start} aria-label="How you would like to meet">
        <fieldset class="modes">
          <legend class="visually-hidden">Video or text</legend>
          <Mode client={client} type="video" name="Video" hint="Face to face" />
          <Mode client={client} type="chat" name="Text" hint="Just words" />
        </fieldset>
        {wishes.type === "video" && <Preview client={client} setUp />}
        <InterestsField interests={wishes.interests} change={(interests) => client.wish({ interests })} />
        <details class="wishes" open={Boolean(wishes.country || wishes.language || wishes.myCountry)}>
          <summary>Country and language</summary>
          <div class="wishes-fields">
            <CodeSelect
              label="I’d like to meet someone in"
              none="Anywhere"
              choices={regions}
              value={wishes.country}
              change={(country) => client.wish({ country, countryOnly: country !== "" && wishes.countryOnly })}
            />
            {wishes.country && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={wishes.countryOnly}
                  onChange={(event) => client.wish({ countryOnly: event.currentTarget.checked })}
                />
                Only there, however long it takes
              </label>
            )}
            <CodeSelect
              label="Who speaks"
              none="Any language"
              choices={languages}
              value={wishes.language}
              change={(language) => client.wish({ language })}
            />
            <CodeSelect
              label="I’m in"
              none="I’d rather not say"
              choices={regions}
              value={wishes.myCountry}
              change={(myCountry) => client.wish({ myCountry })}
            />
          </div>
        </details>
        <div class="go">
          <button class="button primary big" type="submit" data-testid="start" disabled={client.starting.value}>
            {client.starting.value ? "Waiting for your camera…" : "Start"}
          </button>
          {client.starting.value && (
            <button type="button" class="button later" data-testid="start-now" onClick={() => void client.startWithoutWaiting()}>
              Start without it
            </button>
          )}
        </div>
        <p class="fine">
          For adults only: by starting you say that you are 18 or older. Parley keeps who met whom, when, for how long
          and how it ended, for 30 days. Never what was said or shown.
        </p>
      </form>
    </div>
  );
}

function Mode(props: { client: Client; type: "chat" | "video"; name: string; hint: string }) {
  const { client, type } = props;
  return (
    <label class="mode">
      <input
        type="radio"
        name="mode"
        value={type}
        checked={client.wishes.value.type === type}
        onChange={() => void client.chooseType(type)}
        data-testid={type === "chat" ? "mode-text" : "mode-video"}
      />
      <span class="mode-face">
        <strong>{props.name}</strong>
        <span>{props.hint}</span>
      </span>
    </label>
  );
}
