import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A blog of its own for every client, and what was published on it. */
export class Blog1764900000000 implements MigrationInterface {
  readonly name = 'Blog1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE blogs (
        client_id uuid PRIMARY KEY, -- one blog a client; its id is the client's
        workspace_id uuid NOT NULL,
        is_on boolean NOT NULL DEFAULT false,
        slug text, -- the address now in use, one of blog_addresses; null = none chosen
        title text NOT NULL,
        tagline text NOT NULL DEFAULT '',
        language text NOT NULL CHECK (language IN ('en', 'it')),
        accent text NOT NULL CHECK (accent ~ '^#[0-9a-f]{6}$'),
        footer text NOT NULL DEFAULT '',
        shows_plan boolean NOT NULL DEFAULT false, -- says when and where an article was first planned
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (workspace_id, client_id),
        FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
      );
      CREATE UNIQUE INDEX blogs_slug ON blogs (slug) WHERE slug IS NOT NULL;

      CREATE TABLE blog_addresses ( -- every one a blog ever had stays its own: links in old newsletters lead on
        slug text PRIMARY KEY CHECK (slug = lower(slug)),
        client_id uuid NOT NULL REFERENCES blogs (client_id)
      );
      CREATE INDEX blog_addresses_client ON blog_addresses (client_id);

      CREATE TABLE articles (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        client_id uuid NOT NULL,
        slug text NOT NULL, -- never changed, never given again
        title text NOT NULL,
        tags text[] NOT NULL DEFAULT '{}',
        language text, -- BCP 47; null = the blog's
        sections jsonb NOT NULL, -- [{text, media, link}]: the post and the parts that followed it
        plan jsonb, -- {at, platforms}: went out here instead of there
        published_at timestamptz NOT NULL DEFAULT now(),
        edited_at timestamptz,
        unpublished_at timestamptz, -- taken off the blog; its row and its address stay
        version integer NOT NULL DEFAULT 1,
        UNIQUE (client_id, slug),
        UNIQUE (workspace_id, id),
        FOREIGN KEY (workspace_id, client_id) REFERENCES blogs (workspace_id, client_id)
      );
      CREATE INDEX articles_shown ON articles (client_id, published_at DESC, id DESC) WHERE unpublished_at IS NULL;
      CREATE INDEX articles_newest ON articles (workspace_id, published_at DESC, id DESC);

      CREATE TABLE article_parts ( -- what was taken, so that it is taken once
        workspace_id uuid NOT NULL,
        key text NOT NULL, -- of the part and its arming
        article_id uuid NOT NULL,
        section integer NOT NULL, -- 0 = the article itself
        taken_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, key),
        UNIQUE (article_id, section),
        FOREIGN KEY (workspace_id, article_id) REFERENCES articles (workspace_id, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE article_parts, articles, blog_addresses, blogs');
  }
}
