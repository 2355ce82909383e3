"""Write anew what is rendered on pages."""

from tests.pages.view_page import PAGE, page_with_rendering

PAGE.write_text(page_with_rendering(PAGE.read_text()))
