"""The enrichers of this room by name: language, mentions, topics, descriptors."""

from enrich.text.descriptors import DescriptorConfig, DescriptorEnricher
from enrich.text.language import LanguageConfig, LanguageEnricher
from enrich.text.mentions import MentionConfig, MentionEnricher
from enrich.text.topic_enricher import TopicConfig, TopicEnricher

__all__ = [
    "DescriptorConfig",
    "DescriptorEnricher",
    "LanguageConfig",
    "LanguageEnricher",
    "MentionConfig",
    "MentionEnricher",
    "TopicConfig",
    "TopicEnricher",
]
