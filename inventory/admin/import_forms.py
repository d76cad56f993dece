"""The form by which a file comes."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminFileFieldWidget

from inventory.imports.limits import MOST_BYTES

ACCEPTED: Final = ".csv,.txt,.tsv,.xlsx,text/csv"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="At most 20 MB and 100,000 lines. It is only checked: nothing changes until you confirm it.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB. Divide it, or delete what is not needed.")
        return file
