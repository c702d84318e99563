from django.urls import path

from . import views

urlpatterns = [
    path("unlock/<int:page_id>/", views.unlock_briefing, name="unlock"),
    path("library/", views.library, name="library"),
    path("insights/<int:page_id>/files/<int:file_id>/<str:variant>", views.private_file, name="private_file"),
]
