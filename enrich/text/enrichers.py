"""The enrichers of this room by name: language, topics, descriptors."""

from enrich.text.descriptors import DescriptorConfig, DescriptorEnricher
from enrich.text.language import LanguageConfig, LanguageEnricher
from enrich.text.topic_enricher import TopicConfig, TopicEnricher

__all__ = [
    "DescriptorConfig",
    "DescriptorEnricher",
    "LanguageConfig",
    "LanguageEnricher",
    "TopicConfig",
    "TopicEnricher",
]
