"""Posts in a forum: made with the tags that fit, and taken away."""

from __future__ import annotations

from typing import Literal

import discord

from bot.platforms.discord.homes import Home
from digest.posts import Post

_ARCHIVED_AFTER: Literal[10080] = 10_080
"""Minutes without a message, the most that Discord allows."""
_MOST_TAGS = 5


async def post(forum: discord.ForumChannel, name: str, shown: Post, view: discord.ui.LayoutView) -> int:
    """Make a post; its id, which is that of its first message too. It takes no nonce."""
    made = await forum.create_thread(
        name=name,
        view=view,
        applied_tags=tags_for(forum, shown),
        auto_archive_duration=_ARCHIVED_AFTER,
        silent=not shown.notify,
        suppress_embeds=True,
        allowed_mentions=discord.AllowedMentions.none(),
    )
    return made.message.id


def tags_for(forum: discord.ForumChannel, shown: Post) -> list[discord.ForumTag]:
    """The forum's tags that a post's topics name; one must be, where the forum asks for one.

    A category is best named by its code, as `cs.CL`: tags have 20 characters at most.
    """
    free = [tag for tag in forum.available_tags if not tag.moderated]
    named = {topic.strip().casefold() for topic in shown.topics}
    fitting = [tag for tag in free if tag.name.strip().casefold() in named][:_MOST_TAGS]
    return fitting or (free[:1] if forum.flags.require_tag else [])


async def remove(home: Home, post_id: int) -> None:
    """Delete a post with all in it; without that right its first message goes and it is closed."""
    found = await home.client.fetch_channel(post_id)
    if not isinstance(found, discord.Thread):
        return
    try:
        await found.delete()
    except discord.Forbidden:
        if found.archived:
            await found.edit(archived=False)
        await found.get_partial_message(post_id).delete()
        await found.edit(archived=True)
