"""Lets Alembic run its migrations on a connection that Rinko has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
