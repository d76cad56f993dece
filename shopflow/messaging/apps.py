from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "shopflow.messaging"
    label = "messaging"
